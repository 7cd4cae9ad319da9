// Corsage's proxy auto-configuration: the backends of enabled profiles go to
// Corsage, everything else goes its usual way. It changes with the profiles.
//
// Browsers never ask this file about this machine itself: localhost, 127.0.0.1
// and [::1] go past every PAC file, in Chromium whatever its flags. For a
// backend there, open the browser from Corsage, or give the backend another
// name with "upstream: http://localhost:8000" in its profile.
//
// There is no "; DIRECT" behind the proxy on purpose: a browser that once fell
// back to it stays there for minutes after Corsage runs again.
var proxy = "PROXY ADDRESS";

// scheme, name, any name below it instead, port
var hosts = [/* HOSTS */];

function FindProxyForURL(url, host) {
    var u = /^([A-Za-z]+):\/\/(?:[^\/?#@]*@)?(\[[^\]]*\]|[^:\/?#]*)(?::([0-9]*))?/.exec(url);
    if (!u) return "DIRECT";
    var scheme = u[1].toLowerCase().replace(/^ws/, "http");
    var name = u[2].toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
    var port = u[3] || (scheme == "https" ? "443" : "80");
    for (var i = 0; i < hosts.length; i++) {
        var h = hosts[i];
        if (h[0] != scheme || h[3] != "*" && h[3] != port) continue;
        if (h[2] ? endsWith(name, "." + h[1]) : name == h[1]) return proxy;
    }
    return "DIRECT";
}

function endsWith(s, end) {
    return s.length > end.length && s.substring(s.length - end.length) == end;
}
