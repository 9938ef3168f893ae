// vscode-jsonrpc over standard input and output, with the same handlers as the others.
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";

const LINE = '    let frame = source.next(limit).await?; // "one" message\n';
const AT = 1763650000123;

const connection = createMessageConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
);
let pushed = 0;

connection.onRequest("open", ({ client }) => ({ server: client }));
connection.onRequest("file/read", ({ path, labels }) => ({
    path,
    name: path.slice(path.lastIndexOf("/") + 1),
    kind: "file",
    size: 18204,
    changed: AT,
    readOnly: false,
    digest: "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    labels: ["source", "rust", "generated"].slice(0, labels),
    note: null,
}));
connection.onRequest("page/read", ({ page }) => {
    const entries = [];
    for (let at = 0; at < 8; at++) {
        entries.push({ author: "assistant", at: AT + at, text: LINE.repeat(16) });
    }
    return { entries, next: page + 1 };
});
connection.onRequest("piece/stream", async ({ count }) => {
    for (let index = 0; index < count; index++) {
        await connection.sendNotification("piece", {
            threadId: "thr_01JD3QW8Z5",
            turnId: "turn_01JD3QWB71",
            itemId: "item_01JD3QWC09",
            index,
            text: "and then it says what it found",
        });
    }
    return { count };
});
connection.onRequest("piece/count", () => ({ count: pushed }));
connection.onNotification("piece/push", () => {
    pushed += 1;
});
connection.onClose(() => process.exit(0));
connection.listen();
