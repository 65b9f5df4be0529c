using System.Text.Json;
using System.Threading.Channels;

namespace Storefront.Sandbox.Partners;

/// <summary>
/// What a partner has accepted, one JSON document a line, on disk before anybody is told. All who wait share one flush, so that
/// durability costs a flush for a crowd and not one for each.
/// </summary>
internal sealed class Journal : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    private readonly Channel<Entry> waiting = Channel.CreateUnbounded<Entry>(new() { SingleReader = true });
    private readonly FileStream file;
    private readonly Task writing;

    private Journal(FileStream file)
    {
        this.file = file;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Opens it after telling everything in it, in order. A last line that a crash tore off never was answered, and is dropped.</summary>
    public static Journal Open(string path, Action<JournalLine> replay)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1 << 16);
        file.SetLength(ReplayAll(file, replay));
        file.Seek(0, SeekOrigin.End);
        return new(file);
    }

    /// <summary>Takes the line in at once, in the order of the calls; the task ends when it is on disk.</summary>
    public Task AppendAsync(JournalLine line)
    {
        var entry = new Entry(line, new(TaskCreationOptions.RunContinuationsAsynchronously));
        return waiting.Writer.TryWrite(entry) ? entry.Written.Task : throw new ObjectDisposedException(nameof(Journal));
    }

    /// <summary>Forgets everything that was written so far.</summary>
    public Task ClearAsync() => AppendAsync(JournalLine.Clear);

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
        await file.DisposeAsync();
    }

    private static long ReplayAll(FileStream file, Action<JournalLine> replay)
    {
        var whole = 0L;
        using var reader = new StreamReader(file, leaveOpen: true);
        while (reader.ReadLine() is { } text)
        {
            var end = whole + System.Text.Encoding.UTF8.GetByteCount(text) + 1;
            if (end > file.Length || Parse(text) is not { } line) break;
            replay(line);
            whole = end;
        }

        return whole;
    }

    private static JournalLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(text, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task WriteAsync()
    {
        var crowd = new List<Entry>();
        while (await waiting.Reader.WaitToReadAsync())
        {
            while (crowd.Count < 4096 && waiting.Reader.TryRead(out var entry)) crowd.Add(entry);
            try
            {
                foreach (var entry in crowd) Write(entry.Line);
                file.Flush(flushToDisk: true);
                foreach (var entry in crowd) entry.Written.SetResult();
            }
            catch (IOException fault)
            {
                foreach (var entry in crowd) entry.Written.TrySetException(fault);
            }

            crowd.Clear();
        }
    }

    private void Write(JournalLine line)
    {
        if (ReferenceEquals(line, JournalLine.Clear))
        {
            file.SetLength(0);
            file.Seek(0, SeekOrigin.Begin);
            return;
        }

        JsonSerializer.Serialize(file, line, Json);
        file.WriteByte((byte)'\n');
    }

    private sealed record Entry(JournalLine Line, TaskCompletionSource Written);
}

/// <summary>One thing that happened at a partner.</summary>
/// <param name="What">A word of that partner's.</param>
/// <param name="Key">What it happened to: a reservation's id, an idempotency key, a message id, a SKU.</param>
/// <param name="Body">What was sent, where it matters.</param>
internal sealed record JournalLine(string What, string Key, DateTimeOffset At, JsonElement? Body = null, string? Id = null, int Count = 0)
{
    public static readonly JournalLine Clear = new("clear", "", default);
}
