using Storefront.Benchmarks;
using Storefront.Benchmarks.Backlog;
using Storefront.Benchmarks.Checkout;
using Storefront.Benchmarks.Outage;
using Storefront.Benchmarks.Pages;
using Storefront.Benchmarks.Queues;
using Storefront.Benchmarks.Replay;

var (command, options) = Options.Parse(args);
var output = Console.Out;
var report = new Report(output);
var exitCode = 0;
switch (command)
{
    case ["jobs", .. var tasks]:
        await OnServerAsync(server => JobsAsync(server, tasks));
        break;
    case ["enqueue"]:
        await OnServerAsync(EnqueueAsync);
        break;
    case ["latency"]:
        await OnServerAsync(LatencyAsync);
        break;
    case ["backlog"]:
        await OnServerAsync(BacklogAsync);
        await BacklogPagesAsync();
        break;
    case ["backlog", "jobs"]:
        await OnServerAsync(BacklogAsync);
        break;
    case ["backlog", "pages"]:
        await BacklogPagesAsync();
        break;
    case ["checkout"]:
        await (options.Telemetry ? new CheckoutBenchmark(report, options, output).CompareTelemetryAsync() : CheckoutAsync());
        break;
    case ["outage"]:
        await OutageAsync();
        break;
    case ["pages"]:
        await PagesAsync();
        break;
    case ["all"]:
        foreach (var benchmark in new[]
        {
            () => OnServerAsync(server => JobsAsync(server, [])), () => OnServerAsync(EnqueueAsync), () => OnServerAsync(LatencyAsync),
            () => OnServerAsync(BacklogAsync), BacklogPagesAsync, CheckoutAsync, PagesAsync, OutageAsync,
        })
        {
            await benchmark();
            Save(); // a run that is stopped is not lost
        }

        break;
    case ["replay", var invoices]:
        await using (var shop = await RunningShop.StartAsync(output))
            exitCode = await ReplayOrders.RunAsync(invoices, shop, report, output);
        break;
    case ["child", .. var what]:
        await HangfireSystem.RunChildAsync(what);
        return 0;
    default:
        Console.Error.WriteLine(
            $"Usage: dotnet run -c Release --project tests/Storefront.Benchmarks -- jobs [noop|partner] | enqueue | latency | backlog "
                + $"[jobs|pages] | checkout | pages | outage | all | replay FILE   {Options.Usage}");
        return 2;
}

report.Print();
output.WriteLine();
Goal.Print(report, output);
Save();
return exitCode;

void Save()
{
    if (options.Json is not null) report.Save(options.Json);
}


Task JobsAsync(BenchmarkServer server, string[] tasks) => new JobsBenchmark(server, report, options, output).RunAsync(tasks);
Task EnqueueAsync(BenchmarkServer server) => new EnqueueBenchmark(server, report, options, output).RunAsync();
Task LatencyAsync(BenchmarkServer server) => new LatencyBenchmark(server, report, options, output).RunAsync();
Task BacklogAsync(BenchmarkServer server) => new BacklogBenchmark(server, report, options, output).RunAsync();
Task BacklogPagesAsync() => new BacklogPages(report, output).RunAsync();
Task CheckoutAsync() => new CheckoutBenchmark(report, options, output).RunAsync();
Task OutageAsync() => new OutageBenchmark(report, output).RunAsync();
Task PagesAsync() => new PagesBenchmark(report, options, output).RunAsync();

async Task OnServerAsync(Func<BenchmarkServer, Task> benchmark)
{
    await using var server = await BenchmarkServer.StartAsync(output);
    await benchmark(server);
}
