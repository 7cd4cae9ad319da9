// The proxies that the system had before Corsage, and what goes past them:
// expressions for scheme://name:port, and networks in the binary digits of
// their addresses, each with its scheme and port, or "" for any.
var proxies = {/* PROXIES */};
var direct = [/* ALWAYS */];
var except = [/* EXCEPT */];
var exceptNets = [/* NETS */];
var alwaysNets = [/* ALWAYS NETS */];
var only = /* ONLY */;

function among(names, nets, scheme, name, port) {
    var target = scheme + "://" + name + ":" + port, i, n;
    var address = bits(name).replace(/^60{80}1{16}/, "4"); // ::ffff:10.0.0.1 is 10.0.0.1
    for (i = 0; i < names.length; i++) {
        if (names[i].test(target)) return true;
    }
    for (i = 0; address && i < nets.length; i++) {
        n = nets[i];
        if (address.substring(0, n[0].length) == n[0] && (!n[1] || n[1] == scheme) && (!n[2] || n[2] == port)) return true;
    }
    return false;
}

function usual(url, host, scheme, name, port) {
    if (among(direct, alwaysNets, scheme, name, port) || among(except, exceptNets, scheme, name, port) != only) return "DIRECT";
    return proxies[scheme] || proxies[""];
}
