using Storefront.Benchmarks;
using Storefront.Benchmarks.Backlog;
using Storefront.Benchmarks.Checkout;
using Storefront.Benchmarks.Pages;
using Storefront.Benchmarks.Queues;
using Storefront.Benchmarks.Replay;

var (command, options) = Options.Parse(args);
var output = Console.Out;
var report = new Report(output);
switch (command)
{
    case ["jobs", .. var tasks]:
        await OnServerAsync(server => new JobsBenchmark(server, report, options, output).RunAsync(tasks));
        break;
    case ["enqueue"]:
        await OnServerAsync(server => new EnqueueBenchmark(server, report, options, output).RunAsync());
        break;
    case ["latency"]:
        await OnServerAsync(server => new LatencyBenchmark(server, report, options, output).RunAsync());
        break;
    case ["backlog", .. var what]:
        if (what is [] or ["jobs"]) await OnServerAsync(server => new BacklogBenchmark(server, report, options, output).RunAsync());
        if (what is [] or ["pages"]) await new BacklogPages(report, output).RunAsync();
        break;
    case ["checkout"]:
        var checkout = new CheckoutBenchmark(report, options, output);
        await (options.Telemetry ? checkout.CompareTelemetryAsync() : checkout.RunAsync());
        break;
    case ["pages"]:
        await new PagesBenchmark(report, options, output).RunAsync();
        break;
    case ["replay", var invoices]:
        await using (var shop = await RunningShop.StartAsync(output))
            return await ReplayOrders.RunAsync(invoices, shop, output);
    case ["child", .. var what]:
        await HangfireSystem.RunChildAsync(what);
        return 0;
    default:
        Console.Error.WriteLine($"Usage: dotnet run -c Release --project tests/Storefront.Benchmarks -- jobs | enqueue | latency | backlog | checkout | pages | replay FILE   {Options.Usage}");
        return 2;
}

report.Print();
if (options.Json is not null) report.Save(options.Json);
return 0;

async Task OnServerAsync(Func<BenchmarkServer, Task> benchmark)
{
    await using var server = await BenchmarkServer.StartAsync(output);
    await benchmark(server);
}
