import Stripe from "stripe";

export async function* stripe({ base, list, size, from }) {
	const { protocol, hostname, port } = new URL(base);
	const client = new Stripe("sk_test_none", {
		protocol: protocol.slice(0, -1),
		host: hostname,
		port,
		maxNetworkRetries: 0,
		telemetry: false,
	});
	for await (const { id } of client.customers.list({ email: list, limit: size, ending_before: from })) yield id;
}
