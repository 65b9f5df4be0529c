using System.Globalization;
using Storefront.Benchmarks;
using Storefront.Benchmarks.Checkout;
using Storefront.Benchmarks.Jobs;
using Storefront.Benchmarks.Pages;
using Storefront.Benchmarks.Replay;
using Storefront.Jobs.Hosting;

var json = args is [.., "--json", var file] ? file : null;
switch (args)
{
    case ["jobs", ..]:
        return await CompareAsync(JobsBenchmark.RunAsync, "graphile-worker");
    case ["enqueue", ..]:
        return await CompareAsync(EnqueueBenchmark.RunAsync, "graphile-worker add_job ×2");
    case ["checkout", ..]:
        return await ReportAsync(CheckoutBenchmark.RunAsync, "fastify + graphile-worker");
    case ["pages", ..]:
        return await ReportAsync(PagesBenchmark.RunAsync, "");
    case ["replay", var invoices]:
        await using (var shop = await RunningShop.StartAsync(Console.Out))
            return await ReplayOrders.RunAsync(invoices, shop, Console.Out);
    case ["work", var connection, var storage, var jobs]: // a child of the benchmark "jobs"
        await JobsBenchmark.WorkAsync(connection, Enum.Parse<JobStorageKind>(storage), int.Parse(jobs, CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Storefront.Benchmarks -- jobs | enqueue | checkout | pages | replay FILE   [--json FILE]");
        return 2;
}

async Task<int> CompareAsync(Func<BenchmarkServer, Report, TextWriter, Task> benchmark, string reference)
{
    await using var server = await BenchmarkServer.StartAsync(Console.Out);
    return await ReportAsync((report, output) => benchmark(server, report, output), reference);
}

async Task<int> ReportAsync(Func<Report, TextWriter, Task> benchmark, string reference)
{
    var report = new Report(Console.Out);
    await benchmark(report, Console.Out);
    report.Print("rate", reference);
    if (json is not null) report.Save(json);
    return 0;
}
