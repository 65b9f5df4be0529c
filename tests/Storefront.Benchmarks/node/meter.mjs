// What every queue written for Node measures in the same way.
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts jobs. The first ones warm up; those after them count. */
export function meter(jobs, warm) {
  let done = 0;
  let began;
  let finish;
  const all = new Promise((resolve) => (finish = resolve));
  const now = () => ({ at: process.hrtime.bigint(), cpu: process.cpuUsage() });
  return {
    all,
    count() {
      done++;
      if (done === warm) {
        began = now();
        console.log('warm'); // the parent counts from here as well
      }
      if (done === jobs) finish();
    },
    /** More than was asked for is done where more than that is waiting: then it has no end to wait for. */
    goesOn: () => done > jobs,
    print() {
      const cpu = process.cpuUsage(began.cpu);
      console.log(JSON.stringify({
        jobs: done - warm,
        seconds: Number(process.hrtime.bigint() - began.at) / 1e9,
        cpuSeconds: (cpu.user + cpu.system) / 1e6,
        rssMegabytes: process.memoryUsage().rss / 1048576,
      }));
    },
  };
}

/** Adds one job after another to an idle queue; the time from the end of adding to the start of the job. The first fifth warms up. */
export async function latencies(samples, add, started) {
  const times = [];
  for (let i = -samples / 5; i < samples; i++) {
    await sleep(5 + Math.random() * 10);
    const start = started();
    await add();
    const committed = process.hrtime.bigint();
    const took = Number((await start) - committed) / 1e6;
    if (i >= 0) times.push(Math.max(0, took));
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ p50: times[Math.floor(samples / 2)], p99: times[Math.floor(samples * 0.99)] }));
}

/** Promises the time at which the next job starts. */
export function nextStart() {
  let begin;
  return {
    started: () => new Promise((resolve) => (begin = resolve)),
    begin: () => begin(process.hrtime.bigint()),
  };
}
