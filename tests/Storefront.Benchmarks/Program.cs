using Storefront.Benchmarks;
using Storefront.Benchmarks.Replay;

switch (args)
{
    case ["replay", var file]:
        await using (var shop = await RunningShop.StartAsync(Console.Out))
            return await ReplayOrders.RunAsync(file, shop, Console.Out);
    default:
        Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Storefront.Benchmarks -- replay FILE");
        return 2;
}
