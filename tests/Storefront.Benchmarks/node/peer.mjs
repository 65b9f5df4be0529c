// The same flow as the shop's, as one would write it for Node: fastify, pg and graphile-worker. The intent first, Inventory inline,
// then order, ledger and two jobs in one transaction; mail and event by workers in the same process. Usage: node peer.mjs PORT DATABASE_URI PARTNERS_URL WORKERS
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { Agent, request } from 'undici';
import { run, runMigrations } from 'graphile-worker';

const [port, uri, partners, workers] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: uri, max: 40 });
pool.on('error', console.error);
const dispatcher = new Agent({ connections: 128, bodyTimeout: 10_000, headersTimeout: 10_000 });
const quiet = { scope: () => quiet, error: console.error, warn() {}, info() {}, debug() {} };

await runMigrations({ pgPool: pool });
await pool.query(`
  create table if not exists orders (
    id uuid primary key, idempotency_key text unique not null, status text not null, email text not null, name text not null, address jsonb not null,
    total numeric(12,2) not null, lines jsonb not null, created_at timestamptz not null default now(), placed_at timestamptz);
  create table if not exists deliveries (
    order_id uuid references orders, effect text, state text not null default 'pending', attempts int not null default 0, receipt text,
    delivered_at timestamptz, primary key (order_id, effect));`);

async function ask(method, path, body, headers) {
  const answer = await request(partners + path, {
    method, dispatcher, body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'user-agent': 'peer/1.0', authorization: 'Bearer benchmark', ...headers },
  });
  return { status: answer.statusCode, body: await answer.body.text() };
}

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (fault) {
    await client.query('rollback');
    throw fault;
  } finally {
    client.release();
  }
}

const app = Fastify();

app.post('/api/v1/orders', async (call, reply) => {
  const { email, name, address, lines } = call.body;
  const { rows: products } = await pool.query('select sku, name, price from products where sku = any($1)', [lines.map((line) => line.sku)]);
  if (products.length < lines.length) return reply.code(422).send({ code: 'unknown_sku' });

  const priced = lines.map((line) => ({ ...line, ...products.find((product) => product.sku === line.sku) }));
  const total = priced.reduce((sum, line) => sum + line.quantity * Number(line.price), 0).toFixed(2);
  const id = randomUUID();
  const { rowCount } = await pool.query({
    name: 'open',
    text: `insert into orders (id, idempotency_key, status, email, name, address, total, lines) values ($1, $2, 'reserving', $3, $4, $5, $6, $7)
           on conflict (idempotency_key) do nothing`,
    values: [id, call.headers['idempotency-key'], email, name, address, total, JSON.stringify(priced)],
  });
  if (rowCount === 0) return reply.code(409).send({ code: 'idempotency_in_progress' });

  const reservation = await ask('PUT', `/v1/reservations/${id}`, { lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) });
  if (reservation.status >= 300) return reply.code(503).send({ code: 'inventory_unavailable' });

  await inTransaction(async (client) => {
    await client.query({ name: 'place', text: `update orders set status = 'placed', placed_at = now() where id = $1`, values: [id] });
    await client.query({
      name: 'effects', text: `insert into deliveries (order_id, effect) select $1, unnest($2::text[])`, values: [id, ['order-confirmation', 'order-placed-event']],
    });
    for (const task of ['mail', 'event'])
      await client.query({ name: 'add', text: 'select graphile_worker.add_job($1, $2::json)', values: [task, JSON.stringify({ id })] });
  });
  return reply.code(201).header('location', `/api/v1/orders/${id}`).send({ id, status: 'placed', total, lines: priced });
});

app.get('/health', () => 'ready');

async function deliver(id, effect, send) {
  const { rows } = await pool.query({
    name: 'due',
    text: `update deliveries set attempts = attempts + 1 from orders
           where order_id = $1 and effect = $2 and deliveries.state = 'pending' and orders.id = order_id returning email, name, total, lines, created_at`,
    values: [id, effect],
  });
  if (rows.length === 0) return;
  const receipt = await send(rows[0]);
  await pool.query({
    name: 'delivered', text: `update deliveries set state = 'delivered', receipt = $3, delivered_at = now() where order_id = $1 and effect = $2`, values: [id, effect, receipt],
  });
}

const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const taskList = {
  mail: ({ id }) => deliver(id, 'order-confirmation', async ({ email, name, total, lines }) => {
    const rows = lines.map((line) => `<tr><td>${escape(line.name)}</td><td>${line.quantity}</td><td>${line.price}</td></tr>`).join('');
    const answer = await ask('POST', '/emails', {
      from: 'Shop <orders@shop.example>', to: [email], subject: 'Your order',
      html: `<h1>Thank you, ${escape(name)}</h1><table>${rows}</table><p>Total ${total}</p>`,
      text: `Thank you, ${name}\n${lines.map((line) => `${line.quantity} x ${line.name}`).join('\n')}\nTotal ${total}`,
    }, { 'idempotency-key': `order-confirmation/${id}` });
    if (answer.status >= 300) throw new Error(`Email answered ${answer.status}`);
    return JSON.parse(answer.body).id;
  }),
  event: ({ id }) => deliver(id, 'order-placed-event', async ({ total, lines, created_at }) => {
    const messageId = `order-placed-event/${id}`;
    const answer = await ask('POST', '/v1/batch', {
      batch: [{
        type: 'track', messageId, userId: id, event: 'Order Completed', timestamp: created_at,
        properties: { order_id: id, total: Number(total), products: lines.map((line) => ({ sku: line.sku, name: line.name, price: Number(line.price), quantity: line.quantity })) },
      }],
    }, { authorization: `Basic ${Buffer.from('benchmark:').toString('base64')}` });
    if (answer.status >= 300) throw new Error(`Analytics answered ${answer.status}`);
    return messageId;
  }),
};

await run({ pgPool: pool, concurrency: Number(workers), noHandleSignals: true, logger: quiet, taskList });
await app.listen({ port: Number(port), host: '127.0.0.1' });
