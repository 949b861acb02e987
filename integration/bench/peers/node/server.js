// A gateway of Node's own http and json-mask: the body is collected, parsed,
// cut, trimmed and written again. The one argument is the upstream's URL; the
// first line that it prints is its own.
'use strict';

const http = require('node:http');
const mask = require('json-mask');

const upstream = process.argv[2];
const agent = new http.Agent({ keepAlive: true });

function serve(req, res) {
	const url = new URL(req.url, upstream);
	http.get(url, { agent }, (answer) => {
		const chunks = [];
		answer.on('data', (chunk) => chunks.push(chunk));
		answer.on('error', (err) => fail(res, err));
		answer.on('end', () => {
			try {
				let body = Buffer.concat(chunks);
				if (answer.statusCode === 200 && url.pathname === '/orders') {
					body = Buffer.from(rewrite(body, url.searchParams));
				}
				res.writeHead(answer.statusCode, {
					'Content-Type': answer.headers['content-type'] ?? 'application/octet-stream',
					'Content-Length': body.length,
				});
				res.end(body);
			} catch (err) {
				fail(res, err);
			}
		});
	}).on('error', (err) => fail(res, err));
}

function rewrite(body, query) {
	let items = JSON.parse(body);
	if (query.has('limit')) {
		items = items.slice(0, Number(query.get('limit')));
	}
	if (query.has('fields')) {
		items = mask(items, query.get('fields'));
	}
	return JSON.stringify(items);
}

function fail(res, err) {
	console.error(err);
	if (res.headersSent) {
		res.destroy();
		return;
	}
	res.writeHead(502).end();
}

const server = http.createServer(serve);
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
