// GitHub's own client.
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";

export async function* octokit({ base, list, size }) {
	const client = new (Octokit.plugin(paginateRest))({ baseUrl: base });
	const pages = client.paginate.iterator("GET /repos/{owner}/{repo}/issues", {
		owner: "acme",
		repo: list,
		state: "all",
		per_page: size,
	});
	for await (const { data } of pages) yield* data.map((item) => item.id);
}
