// Works off what waits in graphile-worker's queue and says how long it took. Usage: node graphile.mjs CONNECTION_URI migrate|work JOBS CONCURRENCY
import pg from 'pg';
import { run, runMigrations } from 'graphile-worker';

const [uri, what, jobs, concurrency] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: uri, max: Number(concurrency ?? 1) + 5 });
const quiet = { scope: () => quiet, error: console.error, warn() {}, info() {}, debug() {} };

await runMigrations({ pgPool: pool });
if (what === 'work') {
  let done = 0;
  let finished;
  const all = new Promise((resolve) => (finished = resolve));
  const started = process.hrtime.bigint();
  const runner = await run({
    pgPool: pool,
    concurrency: Number(concurrency),
    noHandleSignals: true,
    logger: quiet,
    taskList: { noop: () => { if (++done === Number(jobs)) finished(); } },
  });
  await all;
  // Done is when nothing is left in the table, not when the last function returned.
  while ((await pool.query('select exists (select from graphile_worker._private_jobs)')).rows[0].exists) await new Promise((r) => setTimeout(r, 2));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const { user, system } = process.cpuUsage();
  await runner.stop();
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, rssMegabytes: process.memoryUsage().rss / 1048576 }));
}

await pool.end();
