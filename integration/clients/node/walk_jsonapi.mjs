// Clients of JSON:API and of HAL.
import { client as datadogClient, v2 } from "@datadog/datadog-api-client";
import { Client as Ketting } from "ketting";

// pages are the states of a resource and those behind it.
async function* pages(base, path) {
	for (let resource = new Ketting(base).go(path); resource; ) {
		const state = await resource.get();
		yield state;
		resource = state.links.has("next") ? await state.follow("next") : null;
	}
}

export async function* kettingJSONAPI({ base, list, size }) {
	const path = `${base}/articles/${list}${size ? `?page[size]=${size}` : ""}`;
	for await (const { data } of pages(base, path)) yield* data.data.map((item) => item.id);
}

export async function* kettingHAL({ base, list, size }) {
	const path = `${base}/hal/${list}${size ? `?size=${size}` : ""}`;
	for await (const state of pages(base, path)) yield* state.getEmbedded().map((item) => item.data.id);
}

export async function* datadog({ base, list, size }) {
	const configuration = datadogClient.createConfiguration({
		baseServer: new datadogClient.ServerConfiguration(base, {}),
		authMethods: { apiKeyAuth: "none", appKeyAuth: "none" },
	});
	const users = new v2.UsersApi(configuration);
	for await (const item of users.listUsersWithPagination({ pageSize: size, filter: list })) yield item.id;
}
