// The PAC file that the system had before Corsage, in a function of its own. If
// it can't be used, the way is direct, as in a browser that has it alone.
var former = null;
try {
    former = new Function("SCRIPT" + "\n;return FindProxyForURL;")();
    if (former === own) former = null; // it has none
} catch (e) {}

function usual(url, host) {
    try {
        var way = former(url, host);
        if (typeof way == "string" && /\S/.test(way)) return way;
    } catch (e) {}
    return "DIRECT";
}
