// What bare goproxy is made to do, for mockttp: two headers on every answer.
const [installed, port, authority, backendCA, backendPort] = process.argv.slice(2);
const path = require('path');
const mockttp = require(installed);

(async () => {
	const server = mockttp.getLocal({
		https: {keyPath: path.join(authority, 'ca-key.pem'), certPath: path.join(authority, 'ca.pem')},
	});
	await server.forAnyRequest().thenPassThrough({
		additionalTrustedCAs: [{certPath: backendCA}],
		// Names below localhost are this machine, whatever the resolver says.
		transformRequest: {replaceHost: {targetHost: 'localhost:' + backendPort, updateHostHeader: false}},
		transformResponse: {updateHeaders: {
			'Access-Control-Allow-Origin': 'http://localhost:3000',
			'Access-Control-Allow-Credentials': 'true',
		}},
	});
	await server.start(Number(port));
})();
