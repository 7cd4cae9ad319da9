// A Vite dev server for ROOT at BASE, as a project's own would be: nothing in
// its configuration knows that there is a proxy. It writes its port to standard
// output.
import {createServer} from 'vite';

const [root, base] = process.argv.slice(2);

const server = await createServer({
  root,
  base,
  configFile: false,
  logLevel: 'warn', // the port is all that standard output gets
  server: {host: 'localhost'},
  plugins: [{
    name: 'e2e',
    // The page asks over Vite's own WebSocket whether that is open.
    configureServer: ({ws}) => ws.on('e2e:ask', (data, client) => client.send('e2e:answer', data)),
  }],
});
await server.listen();
console.log(server.httpServer.address().port);
process.on('SIGTERM', async () => { await server.close(); process.exit(); });
