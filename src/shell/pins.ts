/** Ends every line that ops writes into the proxy's /etc/hosts; nothing else is ever touched there. */
export const pinMark = "# ops";
