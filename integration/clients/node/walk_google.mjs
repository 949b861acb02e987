import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { googleAuthLibrary } from "google-gax";

// The API's own client, which is google-gax and little more, by REST.
export async function* googleGax({ base, list, size }) {
	const { protocol, hostname, port } = new URL(base);
	const client = new SecretManagerServiceClient({
		fallback: true,
		protocol: protocol.slice(0, -1),
		apiEndpoint: hostname,
		port: Number(port),
		authClient: new googleAuthLibrary.PassThroughClient(),
	});
	for await (const { name } of client.listSecretsAsync({ parent: `projects/${list}`, pageSize: size })) {
		yield name.split("/").at(-1);
	}
}
