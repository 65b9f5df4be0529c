// Places an order, repeats it, follows one whose outcome is open, and cancels it, with a client that is generated from the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api.js";

const [shop, sandbox] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: shop });

const body: components["schemas"]["PlaceOrder"] = {
  email: "ada@example.com",
  name: "Ada Lovelace",
  address: { line1: "12 St James's Square", city: "London", postalCode: "SW1Y 4JH", country: "GB" },
  lines: [{ sku: "MUG-OAT", quantity: 2 }],
  expectedTotal: 48,
  expectedCurrency: "EUR",
};

const place = (key: string, order = body) =>
  client.POST("/api/v1/orders", { params: { header: { "Idempotency-Key": key } }, body: order });

function expect(condition: boolean, because: string): asserts condition {
  if (!condition) throw new Error(because);
}

const key = crypto.randomUUID();
const placed = await place(key);
expect(placed.response.status === 201 && placed.data?.status === "placed", "the order is placed");

const repeated = await place(key);
expect(repeated.data?.id === placed.data.id, "the same key is the same order");
expect(repeated.response.headers.get("Idempotency-Replayed") === "true", "a repeat is marked");

const { error } = await place(crypto.randomUUID(), { ...body, expectedTotal: 1 });
expect(error?.code === "price_changed", "another total is refused");
expect(error.total === 48 && error.currency === "EUR", "the problem says the total");

await fetch(new URL("/sandbox/faults/inventory", sandbox), {
  method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ dropAfterAccept: 1 }),
});
const open = await place(crypto.randomUUID());
expect(open.response.status === 202 && open.data?.status === "reserving", "the outcome is open");
const { id } = open.data;
expect(open.response.headers.get("Location") === `/api/v1/orders/${id}`, "Location names the order");
await fetch(new URL("/sandbox/faults", sandbox), { method: "DELETE" });

const find = () => client.GET("/api/v1/orders/{id}", { params: { path: { id } } });
const deadline = Date.now() + 60_000;
let followed = await find();
while (followed.data?.status === "reserving" && Date.now() < deadline) followed = await find();
expect(followed.data?.status === "placed", "the outcome is known");

const cancelled = await client.POST("/api/v1/orders/{id}/cancel", { params: { path: { id } } });
expect(cancelled.data?.status === "cancelled", "the order is cancelled");

console.log("placed, repeated, price_changed, followed, cancelled");
