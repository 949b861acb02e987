// Walks a list as programs with ketting do: node ketting.mjs <origin> <path>.
// It prints one line of JSON: the ids of the items of each page, and the problem
// that ended the walk, if one did.
import { Client } from "ketting";

const [origin, path] = process.argv.slice(2);
const pages = [];
let error;
try {
	let resource = new Client(origin).go(path);
	while (resource) {
		const state = await resource.get();
		pages.push(state.data.map((item) => item.id));
		resource = state.links.has("next") ? state.follow("next") : null;
		resource &&= await resource;
	}
} catch (thrown) {
	error = { status: thrown.status, message: thrown.message, problem: thrown.body };
}
console.log(JSON.stringify({ pages, error }));
