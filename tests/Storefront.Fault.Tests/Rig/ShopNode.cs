using System.Diagnostics;

namespace Storefront.Fault.Tests.Rig;

/// <summary>An address that shoppers know.</summary>
internal sealed record Door(string Name, Uri Url);

/// <summary>One process of the shop, started again whenever it ends, as systemd or a container platform would.</summary>
internal sealed class ShopNode : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(5);

    private readonly Func<string, IReadOnlyDictionary<string, string>, Child> start;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly CancellationTokenSource stopping = new();
    private readonly Task supervising;
    private readonly Lock gate = new();
    private Dictionary<string, string> next = [];
    private string shop;
    private Child current;
    private int ends;

    /// <param name="shop">The folder with the shop's programs.</param>
    /// <param name="start">Starts the program in such a folder with these environment variables on top of its usual ones.</param>
    public ShopNode(string name, Uri url, string shop, Func<string, IReadOnlyDictionary<string, string>, Child> start)
    {
        (Name, Url, this.shop, this.start) = (name, url, shop, start);
        current = start(shop, next);
        supervising = SuperviseAsync();
    }

    public string Name { get; }
    public Uri Url { get; }

    /// <summary>Where shoppers of this node send their orders.</summary>
    public Door Door => new(Name, Url);

    /// <summary>How often its process has ended, whoever ended it.</summary>
    public int Ends => Volatile.Read(ref ends);

    public void Send(string signal)
    {
        lock (gate) current.Send(signal);
    }

    /// <summary>Environment variables of the next process, and of that one only; this one has to end first.</summary>
    public void Arm(params (string Name, string Value)[] variables)
    {
        lock (gate) next = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
    }

    /// <summary>Another version takes the place of this one, as a deployment would have it.</summary>
    public Task DeployAsync(string version)
    {
        lock (gate) shop = version;
        return RestartAsync("TERM");
    }

    /// <summary>Ends the process and waits until the next one serves.</summary>
    public async Task RestartAsync(string signal = "KILL")
    {
        var before = Ends;
        Send(signal);
        await UntilItEndedAsync(before, TimeSpan.FromSeconds(60));
        await UntilItServesAsync();
    }

    /// <returns>Whether its process ended in time.</returns>
    public async Task<bool> UntilItEndedAsync(int endsBefore, TimeSpan patience, CancellationToken cancel = default)
    {
        for (var watch = Stopwatch.StartNew(); Ends == endsBefore; await Task.Delay(20, cancel))
            if (watch.Elapsed > patience) return false;
        return true;
    }

    public async Task UntilItServesAsync()
    {
        for (var watch = Stopwatch.StartNew(); !await ServesAsync(); await Task.Delay(100))
            if (watch.Elapsed > StartPatience)
                throw new TimeoutException($"Node {Name} has not come up on {Url} for {StartPatience.TotalSeconds:0} s.");
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        lock (gate)
        {
            current.Send("CONT");
            current.Dispose();
        }

        await supervising;
        http.Dispose();
    }

    private async Task<bool> ServesAsync()
    {
        try
        {
            return (await http.GetAsync(new Uri(Url, "health/live"))).IsSuccessStatusCode;
        }
        catch (Exception absent) when (absent is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private async Task SuperviseAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            await current.Exited;
            lock (gate)
            {
                if (stopping.IsCancellationRequested) return;
                current.Dispose();
                current = start(shop, next);
                next = [];
                ends++; // The next process exists now, so nobody arms the one after it too early.
            }

            // A process that cannot start must not be started a hundred times a second.
            await Task.WhenAny(current.Exited, Task.Delay(500));
        }
    }
}
