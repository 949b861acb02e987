import { LogLevel, WebClient } from "@slack/web-api";

export async function* slack({ base, list, size }) {
	const client = new WebClient("none", {
		slackApiUrl: `${base}/api/`,
		logLevel: LogLevel.ERROR,
		retryConfig: { retries: 0 },
	});
	const options = { team_id: list, ...(size && { limit: size }) };
	for await (const { members } of client.paginate("users.list", options)) yield* members.map((item) => item.id);
}
