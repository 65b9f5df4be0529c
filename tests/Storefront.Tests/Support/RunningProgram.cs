using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Support;

/// <summary>
/// The program itself, from its first line, in this process. It is set up exactly as for a person.
/// </summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private readonly IHost host;
    private readonly Task<int> ending;

    private RunningProgram(IHost host, Task<int> ending) => (this.host, this.ending) = (host, ending);

    public IServiceProvider Services => host.Services;

    public Uri Url => new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Runs it to its end; returns its exit code.</summary>
    public static Task<int> RunAsync(params string[] args) => Task.Run(() => EntryPoint(args));

    /// <summary>Runs it until it listens.</summary>
    public static Task<RunningProgram> StartAsync(params string[] args) => StartAsync(_ => { }, args);

    /// <param name="configure">Services on top of the program's own.</param>
    public static async Task<RunningProgram> StartAsync(Action<IServiceCollection> configure, params string[] args)
    {
        var built = new TaskCompletionSource<IHost>();
        var ending = Task.Run(() =>
        {
            Waiting.Value = (configure, built);
            return EntryPoint(args);
        });
        if (await Task.WhenAny(built.Task, ending) == ending)
            throw new InvalidOperationException($"The program ended with exit code {await ending} before it listened.");
        var host = await built.Task;
        var started = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        if (await Task.WhenAny(started.Task, ending) == ending)
            throw new InvalidOperationException($"The program ended with exit code {await ending} before it listened.");
        return new(host, ending);
    }

    public async ValueTask DisposeAsync()
    {
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await ending;
    }

    private static int EntryPoint(string[] args) => (int)typeof(PriceList).Assembly.EntryPoint!.Invoke(null, [args])!;

    // The host announces that it is built, and the async context of the entry point tells whose it is.
    private static readonly AsyncLocal<(Action<IServiceCollection> Configure, TaskCompletionSource<IHost> Built)?> Waiting = new();

    static RunningProgram() => DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
    {
        if (listener.Name == "Microsoft.Extensions.Hosting")
            listener.Subscribe(new Observer<KeyValuePair<string, object?>>(happened =>
            {
                if (Waiting.Value is not { } waiting) return;
                if (happened is { Key: "HostBuilding", Value: IHostBuilder builder })
                    builder.ConfigureServices((_, services) => waiting.Configure(services));
                if (happened is { Key: "HostBuilt", Value: IHost host }) waiting.Built.TrySetResult(host);
            }));
    }));

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnNext(T value) => next(value);

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }
}
