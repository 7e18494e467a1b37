/** Started by dynamodb.ts: `node dynalite-server.ts PORT FOLDER`. */
import dynalite from 'dynalite';

const [port, path] = process.argv.slice(2);
if (!port || !path) throw new Error('usage: dynalite-server.ts PORT FOLDER');

const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(Number(port), '127.0.0.1');
process.once('SIGINT', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
