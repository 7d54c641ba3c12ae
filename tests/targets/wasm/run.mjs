// Runs a WebAssembly module: it may print characters and leave with a status; a trap is status 99.
import { readFileSync } from 'node:fs';

const text = [];
class Exit {
	constructor(status) { this.status = status; }
}
const env = {
	put(c) { text.push(c); },
	leave(status) { throw new Exit(status); },
};
const { exports } = new WebAssembly.Instance(
	new WebAssembly.Module(readFileSync(process.argv[2])), { env });
try {
	exports.start();
} catch (e) {
	if (!(e instanceof Exit))
		console.error(String(e));
	process.exitCode = e instanceof Exit ? e.status : 99;
}
process.stdout.write(Buffer.from(text));
