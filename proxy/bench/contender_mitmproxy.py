"""What bare goproxy is made to do, for mitmproxy: two headers on every answer."""


def server_connect(data):
    # Names below localhost are this machine, whatever the resolver says.
    data.server.address = ("127.0.0.1", data.server.address[1])


def response(flow):
    flow.response.headers["Access-Control-Allow-Origin"] = "http://localhost:3000"
    flow.response.headers["Access-Control-Allow-Credentials"] = "true"
