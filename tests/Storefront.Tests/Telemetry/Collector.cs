using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Storefront.Tests.Telemetry;

/// <summary>Receives what a shop exports over OTLP, and reads the spans in it.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;

    private Collector(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    public ConcurrentBag<Span> Spans { get; } = [];

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var collector = new Collector(builder.Build());
        collector.app.Run(collector.ReceiveAsync);
        await collector.app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (http.Request.Path != "/v1/traces") return;
        // ExportTraceServiceRequest: resource_spans = 1, of which scope_spans = 2, of which spans = 2.
        var spans = from resource in Wire.Read(body.ToArray()) where resource.Field == 1
                    from scope in Wire.Read(resource.Bytes) where scope.Field == 2
                    from span in Wire.Read(scope.Bytes) where span.Field == 2
                    select Span.Read(span.Bytes);
        foreach (var span in spans) Spans.Add(span);
    }
}

/// <param name="Kind">As OTLP counts.</param>
/// <param name="Links">Span ids.</param>
public sealed record Span(
    string Trace, string Id, string Parent, string Name, int Kind, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Links)
{
    public const int Server = 2, Client = 3, Producer = 4, Consumer = 5;

    internal static Span Read(byte[] bytes)
    {
        var fields = Wire.Read(bytes).ToLookup(field => field.Field);
        return new(Hex(1), Hex(2), Hex(4), fields[5].Single().Text, (int)fields[6].Single().Number,
            fields[9].Select(pair => Wire.Read(pair.Bytes).ToLookup(field => field.Field))
                .ToDictionary(pair => pair[1].Single().Text, pair => Value(pair[2].Single().Bytes)),
            [.. fields[13].Select(link => Convert.ToHexStringLower(Wire.Read(link.Bytes).Single(field => field.Field == 2).Bytes))]);

        string Hex(int field) => Convert.ToHexStringLower(fields[field].SingleOrDefault().Bytes ?? []);
    }

    private static string Value(byte[] any) =>
        Wire.Read(any).Select(field => field.Field == 1 ? field.Text : field.Number.ToString(CultureInfo.InvariantCulture))
            .SingleOrDefault("");
}

/// <summary>Protocol buffers as they are on the wire: fields with numbers, one after the other.</summary>
internal readonly record struct Wire(int Field, ulong Number, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public static IEnumerable<Wire> Read(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var (field, type) = ((int)(key >> 3), (int)(key & 7));
            switch (type)
            {
                case 0:
                    yield return new(field, Varint(message, ref at), []);
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return new(field, 0, message[at..(at + length)]);
                    at += length;
                    break;
                default:
                    var size = type == 1 ? 8 : 4;
                    yield return new(field, 0, message[at..(at + size)]);
                    at += size;
                    break;
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        for (var (value, shift) = (0UL, 0); ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }
}
