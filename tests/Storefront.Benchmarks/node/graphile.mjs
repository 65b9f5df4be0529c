// graphile-worker. Usage: node graphile.mjs CONNECTION_URI SETTING install | fill TASK JOBS | work TASK JOBS WARM CONCURRENCY | latency SAMPLES
import pg from 'pg';
import { run, runMigrations } from 'graphile-worker';
import { latencies, meter, nextStart, sleep } from './meter.mjs';

const [uri, setting, what, ...rest] = process.argv.slice(2);
const settings = {
  'as-it-comes': {},
  // https://worker.graphile.org/docs/performance#batching
  batched: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
};
const preset = { worker: settings[setting] };
const pool = new pg.Pool({ connectionString: uri, max: 25 });
pool.on('error', console.error);
pool.on('connect', (client) => client.on('error', console.error));
const quiet = { scope: () => quiet, error: console.error, warn() {}, info() {}, debug() {} };
const start = (concurrency, taskList) => run({ preset, pgPool: pool, concurrency, noHandleSignals: true, logger: quiet, taskList });

switch (what) {
  case 'install':
    await runMigrations({ pgPool: pool });
    break;
  case 'fill':
    // All in one call: add_job by add_job, what is not committed yet is read over and over.
    await pool.query(`
      select count(*) from graphile_worker.add_jobs(array(
        select json_populate_record(null::graphile_worker.job_spec, json_build_object('identifier', $1::text, 'payload', '{}'::json)) from generate_series(1, $2)))`, rest);
    break;
  case 'work': {
    const [jobs, warm, concurrency] = rest.slice(1).map(Number);
    const load = meter(jobs, warm);
    const runner = await start(concurrency, { noop: load.count, partner: async () => { await sleep(20); load.count(); } });
    await load.all;
    // Done is when the table knows it, not when the last function returned.
    while (!load.goesOn() && (await pool.query('select from graphile_worker._private_jobs where locked_at is not null limit 1')).rowCount > 0) await sleep(2);
    load.print();
    await runner.stop();
    break;
  }
  case 'latency': {
    const next = nextStart();
    const runner = await start(20, { noop: next.begin });
    await latencies(Number(rest[0]), () => pool.query(`select graphile_worker.add_job('noop', '{}'::json)`), next.started);
    await runner.stop();
    break;
  }
}

await pool.end();
