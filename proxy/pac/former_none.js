function usual() {
    return "DIRECT";
}
