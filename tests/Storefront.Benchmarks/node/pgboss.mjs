// pg-boss. Usage: node pgboss.mjs CONNECTION_URI SETTING install | fill TASK JOBS | work TASK JOBS WARM CONCURRENCY | latency SAMPLES
import PgBoss from 'pg-boss';
import { latencies, meter, nextStart, sleep } from './meter.mjs';

const [uri, setting, what, ...rest] = process.argv.slice(2);
const boss = new PgBoss({ connectionString: uri, max: 25 });
boss.on('error', console.error);
await boss.start();

/** Its workers poll every half second at best; notified at the end of each batch, they look again at once. */
async function work(queue, workers, batchSize, handle) {
  for (let i = 0; i < workers; i++) {
    const id = await boss.work(queue, { batchSize, pollingIntervalSeconds: 0.5 }, async (jobs) => {
      await Promise.all(jobs.map(handle));
      boss.notifyWorker(id);
    });
  }
}

switch (what) {
  case 'install':
    await boss.createQueue('noop');
    await boss.createQueue('partner');
    break;
  case 'fill': {
    const [queue, jobs] = [rest[0], Number(rest[1])];
    for (let left = jobs; left > 0; left -= 5000)
      await boss.insert(Array.from({ length: Math.min(left, 5000) }, () => ({ name: queue, data: {} })));
    break;
  }
  case 'work': {
    const [jobs, warm, concurrency] = rest.slice(1).map(Number);
    const load = meter(jobs, warm);
    const handle = rest[0] === 'noop' ? load.count : async () => { await sleep(20); load.count(); };
    // It has no largest batch of its own. Each fetch reads through the whole queue, so one worker with large batches is fastest.
    if (setting === 'largest-batch') await work(rest[0], 1, 10_000, handle);
    else await work(rest[0], 4, concurrency / 4, handle);
    await load.all;
    while (!load.goesOn() && (await boss.getDb().executeSql(`select from pgboss.job where state = 'active' limit 1`)).rows.length > 0) await sleep(2);
    load.print();
    break;
  }
  case 'latency': {
    const next = nextStart();
    const id = await boss.work('noop', { batchSize: 1, pollingIntervalSeconds: 0.5 }, next.begin);
    await latencies(Number(rest[0]), async () => { await boss.send('noop', {}); boss.notifyWorker(id); }, next.started);
    break;
  }
}

await boss.stop({ graceful: false });
process.exit(0);
