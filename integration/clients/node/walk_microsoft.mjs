import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

// Microsoft Graph takes $top for the size of a page.
export const msgraph = (job) =>
	pages(job, "v1.0", (request) => (job.size ? request.top(job.size) : request));

// In OData it is the size of the whole list, and that of a page is a preference.
export const odata = (job) => {
	const headers = job.size ? { Prefer: `odata.maxpagesize=${job.size}` } : {};
	return pages(job, "odata", (request) => request.headers(headers), { headers });
};

async function* pages({ base, list }, version, ask, options) {
	const client = Client.init({
		baseUrl: `${base}/`,
		defaultVersion: version,
		authProvider: (done) => done(null, "none"),
	});
	const first = await ask(client.api(`/groups/${list}/members`)).get();
	const items = [];
	await new PageIterator(client, first, ({ id }) => items.push(id) > 0, options).iterate();
	yield* items;
}
