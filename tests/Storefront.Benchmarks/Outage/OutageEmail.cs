using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Benchmarks.Outage;

/// <summary>The sandbox's Email behind a forwarder, and what it is made to answer.</summary>
internal sealed class OutageEmail : IDisposable
{
    private readonly Forwarder forwarder = new();
    private readonly HttpClient sandbox = new();

    public OutageEmail() => forwarder.Accept();

    /// <summary>What the shop needs to know to call it.</summary>
    public (string Key, string Value) Setting => ("Partners__Email__BaseUrl", forwarder.Url.ToString());

    public void StandBefore(Uri partners)
    {
        forwarder.Target = partners;
        sandbox.BaseAddress = partners;
    }

    /// <param name="fault">As the sandbox's control takes it; null: it refuses connections.</param>
    public async Task BreakAsync(object? fault)
    {
        if (fault is null)
        {
            forwarder.Refuse();
            (await sandbox.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();
            return;
        }

        (await sandbox.PutAsJsonAsync("/sandbox/faults/email", fault)).EnsureSuccessStatusCode();
        forwarder.Accept();
    }

    public async Task HealAsync()
    {
        (await sandbox.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();
        forwarder.Accept();
    }

    /// <summary>Mails, so far.</summary>
    public async Task<int> AcceptedAsync() =>
        (await sandbox.GetFromJsonAsync<JsonElement>("/sandbox/counters")).GetProperty("email").GetProperty("accepted").GetInt32();

    /// <summary>How long it takes until a mail is accepted.</summary>
    public async Task<TimeSpan> UntilNextAsync()
    {
        var (before, watch) = (await AcceptedAsync(), Stopwatch.StartNew());
        while (await AcceptedAsync() == before) await Task.Delay(20);
        return watch.Elapsed;
    }

    public void Dispose()
    {
        forwarder.Dispose();
        sandbox.Dispose();
    }
}
