// Asks for a list while it may be refused, with octokit and its plugin for retries:
// node brownout.mjs <origin> <path> [heed]. It prints a line of JSON for each answer:
// the items' ids, or what a refusal said.
//
// The plugin as it comes never repeats what was answered with 400. With "heed", the
// program makes it repeat a brownout's after the time that Retry-After says; each
// second of it lasts 10 microseconds, and ends no sooner than a line on stdin comes,
// so that whoever runs this can move the server's clock meanwhile.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";

const [origin, path, heed] = process.argv.slice(2);
const say = (answer) => console.log(JSON.stringify(answer));
const lines = heed && createInterface({ input: process.stdin });

// What octokit leaves as bytes, because it does not take problem+json for JSON.
const problemOf = ({ data }) => {
	const text = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : data;
	return typeof text === "string" ? JSON.parse(text) : text;
};

function tell(octokit) {
	octokit.hook.error("request", async (error) => {
		const { status, message, response } = error;
		const wait = response.headers["retry-after"];
		const problem = problemOf(response);
		say({ error: { status, message, retryAfter: wait, problem } });
		if (!heed || !problem.brownout) throw error;
		await once(lines, "line");
		throw octokit.retry.retryRequest(error, 5, Number(wait));
	});
}

// The hook that comes first is the innermost: it speaks before the plugin hears of it.
const octokit = new (Octokit.plugin(tell, retry))({ baseUrl: origin, retry: { retryAfterBaseValue: 0.01 } });
try {
	const { data } = await octokit.request(`GET ${path}`);
	say({ pages: [data.map((item) => item.id)] });
} catch (error) {
	if (!error.status) throw error;
	say({ gaveUp: true });
} finally {
	if (lines) lines.close();
}
