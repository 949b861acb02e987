// Reads a list as programs do that know nothing of pages, links or deprecations:
// node plain.mjs fetch|undici <url>. It prints one line of JSON: the ids of the items.
import { request } from "undici";

const [how, url] = process.argv.slice(2);
const read = {
	fetch: async () => (await fetch(url)).json(),
	undici: async () => (await request(url)).body.json(),
};
console.log(JSON.stringify({ pages: [(await read[how]()).map((item) => item.id)] }));
