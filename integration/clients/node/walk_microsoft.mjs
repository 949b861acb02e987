import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

export async function* msgraph({ base, list, size }) {
	const client = Client.init({
		baseUrl: `${base}/`,
		defaultVersion: "v1.0",
		authProvider: (done) => done(null, "none"),
	});
	const request = client.api(`/groups/${list}/members`);
	const items = [];
	const keep = ({ id }) => items.push(id) > 0;
	await new PageIterator(client, await (size ? request.top(size) : request).get(), keep).iterate();
	yield* items;
}
