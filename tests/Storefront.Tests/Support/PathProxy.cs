using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Storefront.Tests.Support;

/// <summary>A reverse proxy that shows a server below a path of its own, as nginx or a balancer does.</summary>
public sealed class PathProxy : IAsyncDisposable
{
    /// <summary>What proxies do with the path.</summary>
    public enum Habit
    {
        /// <summary>Removes it and names it in <c>X-Forwarded-Prefix</c>.</summary>
        TakesItOffAndSaysSo,

        /// <summary>Removes it and does not say so.</summary>
        TakesItOff,

        /// <summary>Passes the path on as it is.</summary>
        LeavesItOn,
    }

    private static readonly string[] HopByHop = ["Host", "Connection", "Transfer-Encoding", "Keep-Alive", "Content-Length"];

    private readonly WebApplication app;
    private readonly HttpClient behind = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly PathString path;
    private readonly Habit habit;

    private PathProxy(WebApplication app, string path, Habit habit) => (this.app, this.path, this.habit) = (app, path, habit);

    public Uri Target { private get; set; } = null!;

    public Uri Url => new(app.Urls.First() + "/");

    public static async Task<PathProxy> StartAsync(string path, Habit habit)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var proxy = new PathProxy(builder.Build(), path, habit);
        proxy.app.Run(proxy.CarryAsync);
        await proxy.app.StartAsync();
        return proxy;
    }

    public HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };

    public HttpClient Browser() => new(new SocketsHttpHandler { UseCookies = true, CookieContainer = new() }) { BaseAddress = Url };

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        behind.Dispose();
    }

    private async Task CarryAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments(path, out var rest))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound; // The path belongs to another site.
            return;
        }

        if (habit == Habit.LeavesItOn) rest = http.Request.Path;
        if (!rest.HasValue) rest = "/";
        using var ask = new HttpRequestMessage(
            new HttpMethod(http.Request.Method), new Uri(Target, rest.ToUriComponent() + http.Request.QueryString));
        if (http.Request.ContentLength > 0 || http.Request.Headers.TransferEncoding.Count > 0)
            ask.Content = new StreamContent(http.Request.Body);
        foreach (var (name, values) in http.Request.Headers.Where(header => !HopByHop.Contains(header.Key)))
            if (!ask.Headers.TryAddWithoutValidation(name, values.ToArray()))
                ask.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        ask.Headers.Host = http.Request.Host.Value;
        ask.Headers.Add("X-Forwarded-For", "203.0.113.9");
        ask.Headers.Add("X-Forwarded-Proto", "http");
        if (habit == Habit.TakesItOffAndSaysSo) ask.Headers.Add("X-Forwarded-Prefix", path.Value);

        using var answer = await behind.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !HopByHop.Contains(header.Key)))
            http.Response.Headers[name] = values.ToArray();
        if (answer.StatusCode is not HttpStatusCode.NoContent and not HttpStatusCode.NotModified)
            await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
