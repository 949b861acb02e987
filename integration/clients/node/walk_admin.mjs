// Data providers of react-admin, each for another kind of API. All of them compute
// the positions of pages by themselves.
import { register } from "node:module";
import djangoProvider from "ra-data-django-rest-framework";
import jsonServerProvider from "ra-data-json-server";
import simpleRestProvider from "ra-data-simple-rest";

// This one is written for bundlers: it has modules in files that Node.js does not take
// for some, and imports them without their extension.
register(`data:text/javascript,${encodeURIComponent(`
const ours = (url) => url?.includes("/ra-data-spring-rest/src/");
export const resolve = (name, context, next) =>
	next(ours(context.parentURL) && name.startsWith("./") ? name + ".js" : name, context);
export const load = (url, context, next) => next(url, ours(url) ? { ...context, format: "module" } : context);
`)}`);
const { springDataProvider, springHttpClient } = await import("ra-data-spring-rest");

// all pages a list as react-admin's useInfiniteGetList does.
async function* all(getList, { list, size = 25, reverse }) {
	for (let page = 1, total = Infinity; (page - 1) * size < total; page++) {
		const params = { pagination: { page, perPage: size }, sort: { field: "seq", order: "ASC" }, filter: {} };
		const answer = await getList(list, params);
		total = answer.total;
		yield* answer.data.map((item) => item.id);
		if (answer.data.length === 0) return;
	}
}

export async function* raDjango(job) {
	yield* all(djangoProvider.default(`${job.base}/drf`).getList, job);
}

export async function* raSpring(job) {
	// The provider's own client leaves the status to whoever uses it.
	const client = async (url, options) => {
		const response = await fetch(url, options);
		const json = await response.json();
		if (!response.ok) throw new Error(json.detail);
		return { json };
	};
	const provider = springDataProvider(`${job.base}/spring`, springHttpClient(client));
	yield* all((list, params) => provider("GET_LIST", list, params), job);
}

export async function* raSimple(job) {
	yield* all(simpleRestProvider(`${job.base}/simple`).getList, job);
}

export async function* raJSONServer(job) {
	yield* all(jsonServerProvider(`${job.base}/json`).getList, job);
}
