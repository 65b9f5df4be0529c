using Storefront.Benchmarks;
using Storefront.Benchmarks.Checkout;
using Storefront.Benchmarks.Pages;
using Storefront.Benchmarks.Queues;
using Storefront.Benchmarks.Replay;

var (command, options) = Options.Parse(args);
switch (command)
{
    case ["jobs", .. var tasks]:
        return await CompareAsync((server, report) => new JobsBenchmark(server, report, options, Console.Out).RunAsync(tasks), QueueSystems.Reference);
    case ["enqueue"]:
        return await CompareAsync((server, report) => EnqueueBenchmark.RunAsync(server, report, Console.Out), "graphile-worker add_job ×2");
    case ["latency"]:
        return await CompareAsync((server, report) => new LatencyBenchmark(server, report, options, Console.Out).RunAsync(), "");
    case ["checkout"]:
        return await ReportAsync(report => CheckoutBenchmark.RunAsync(report, Console.Out), "fastify + graphile-worker");
    case ["pages"]:
        return await ReportAsync(report => PagesBenchmark.RunAsync(report, Console.Out), "");
    case ["replay", var invoices]:
        await using (var shop = await RunningShop.StartAsync(Console.Out))
            return await ReplayOrders.RunAsync(invoices, shop, Console.Out);
    case ["child", .. var what]:
        await HangfireSystem.RunChildAsync(what);
        return 0;
    default:
        Console.Error.WriteLine($"Usage: dotnet run -c Release --project tests/Storefront.Benchmarks -- jobs | enqueue | latency | checkout | pages | replay FILE   {Options.Usage}");
        return 2;
}

async Task<int> CompareAsync(Func<BenchmarkServer, Report, Task> benchmark, string reference)
{
    await using var server = await BenchmarkServer.StartAsync(Console.Out);
    return await ReportAsync(report => benchmark(server, report), reference);
}

async Task<int> ReportAsync(Func<Report, Task> benchmark, string reference)
{
    var report = new Report(Console.Out);
    await benchmark(report);
    report.Print("rate", reference);
    if (options.Json is not null) report.Save(options.Json);
    return 0;
}
