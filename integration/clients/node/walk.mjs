// Walks lists as programs with the libraries do: node walk.mjs. It reads jobs, a line
// of JSON each, {client, style, base, list, size, reverse, from}, and prints what came
// of each: the items' numbers, in the order in which they came, or what the library
// says is wrong.
import { createInterface } from "node:readline";
import { Agent, setGlobalDispatcher } from "undici";
import * as admin from "./walk_admin.mjs";
import * as github from "./walk_github.mjs";
import * as gitlab from "./walk_gitlab.mjs";
import * as google from "./walk_google.mjs";
import * as jsonapi from "./walk_jsonapi.mjs";
import * as microsoft from "./walk_microsoft.mjs";
import * as slack from "./walk_slack.mjs";
import * as stripe from "./walk_stripe.mjs";

// Node's own fetch speaks HTTP/2 where the server does, if it is told so.
setGlobalDispatcher(new Agent({ allowH2: true }));

const clients = { ...admin, ...github, ...gitlab, ...google, ...jsonapi, ...microsoft, ...slack, ...stripe };

for await (const line of createInterface({ input: process.stdin })) {
	const job = JSON.parse(line);
	const ids = [];
	let error = "";
	try {
		for await (const id of clients[job.client](job)) ids.push(String(id));
	} catch (thrown) {
		error = String(thrown?.message || thrown);
	}
	console.log(JSON.stringify({ ids, error }));
}
