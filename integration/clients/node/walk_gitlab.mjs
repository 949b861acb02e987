import { Gitlab } from "@gitbeaker/rest";

export async function* gitbeaker({ base, list, size }) {
	const client = new Gitlab({ host: base, token: "none" });
	for (const item of await client.Issues.all({ projectId: list, perPage: size })) yield item.id;
}
