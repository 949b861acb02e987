// GitHub's own client, and libraries that others follow its links with.
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import got from "got";
import LinkHeader from "http-link-header";
import parseLinkHeader from "parse-link-header";

// lists are where each style's list is, and how a page's size is asked for.
const lists = {
	github: (list) => [`/repos/acme/${list}/issues`, "per_page"],
	link: (list) => [`/link/${list}`, "limit"],
	page: (list) => [`/page/${list}`, "per_page"],
};

function first({ base, style, list, size }) {
	const [path, limit] = lists[style](list);
	return `${base}${path}?state=all${size ? `&${limit}=${size}` : ""}`;
}

export async function* octokit({ base, style, list, size }) {
	const client = new (Octokit.plugin(paginateRest))({ baseUrl: base });
	const [path, limit] = lists[style](list);
	const pages = client.paginate.iterator(`GET ${path}`, { state: "all", [limit]: size });
	for await (const { data } of pages) yield* data.map((item) => item.id);
}

// got speaks HTTP/2 if it is told so.
export async function* gotPaginate(job) {
	const pages = got.paginate.each(first(job), { http2: job.base.startsWith("https:") });
	for await (const item of pages) yield item.id;
}

// read gets a page; rels finds the links in what a header says.
async function read(url, rels) {
	const response = await fetch(url);
	const items = await response.json();
	if (!response.ok) throw new Error(items.detail ?? items.message);
	return { ids: items.map((item) => item.id), links: rels(response.headers.get("link")) };
}

// follow walks with fetch, on from the first page or back from the last, which the first
// one leads to.
async function* follow(job, rels) {
	let page = await read(first(job), rels);
	if (!job.reverse) {
		for (; ; page = await read(page.links.next, rels)) {
			yield* page.ids;
			if (!page.links.next) return;
		}
	}
	const beginning = page.ids.reverse();
	if (page.links.last) {
		page = await read(page.links.last, rels);
		for (; ; page = await read(page.links.prev, rels)) {
			yield* page.ids.reverse();
			if (page.links.prev === page.links.first) break;
		}
	}
	yield* beginning;
}

export const httpLinkHeader = (job) =>
	follow(job, (header) => {
		const links = LinkHeader.parse(header ?? "");
		return Object.fromEntries(links.refs.map(({ rel, uri }) => [rel, uri]));
	});

export const parseLinkHeaderJS = (job) =>
	follow(job, (header) => {
		const links = parseLinkHeader(header) ?? {};
		return Object.fromEntries(Object.entries(links).map(([rel, { url }]) => [rel, url]));
	});
