// Walks a list as programs with octokit do: node octokit.mjs <origin> <path> [<team>].
// It prints one line of JSON: the ids of the items of each page.
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";

const [origin, path, team = "octokit"] = process.argv.slice(2);
const octokit = new (Octokit.plugin(paginateRest))({ baseUrl: origin });

const pages = [];
for await (const { data } of octokit.paginate.iterator(`GET ${path}`, { headers: { "x-team": team } })) {
	pages.push(data.map((item) => item.id));
}
console.log(JSON.stringify({ pages }));
