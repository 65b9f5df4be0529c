using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Storefront.Sandbox.Postgres;

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
    private readonly Action<JournalLine> replay;
    private readonly Task writing;
    private Task last = Task.CompletedTask;
    private Exception? broken;

    private Journal(FileStream file, Action<JournalLine> replay)
    {
        (this.file, this.replay) = (file, replay);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>
    /// When everything taken in so far is on disk. Whoever answers from memory waits for it: what was said once must still be true after a
    /// kill -9.
    /// </summary>
    public Task Settled => Volatile.Read(ref last);

    /// <summary>
    /// Opens it after telling everything in it, in order. A last line that a crash tore off never was answered, and is dropped.
    /// </summary>
    /// <exception cref="SandboxUnavailableException">A line before the last is damaged.</exception>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static Journal Open(string path, Action<JournalLine> replay)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Locked: two sandboxes writing into one journal would both break their word.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            file.SetLength(ReplayAll(file, replay));
            file.Seek(0, SeekOrigin.End);
            return new(file, replay);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Queues the line, and tells it as <see cref="Open"/> does. The task ends when the line is on disk. Call it under the lock that
    /// decided the line, so that the lines are in the order of the decisions. A line that cannot be serialized throws, and changes nothing.
    /// </summary>
    public Task AppendAsync(JournalLine line)
    {
        var written = AppendAsync([.. JsonSerializer.SerializeToUtf8Bytes(line, Json), (byte)'\n']);
        replay(line);
        return written;
    }

    public Task ClearAsync() => AppendAsync(line: (byte[]?)null);

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
        await file.DisposeAsync();
    }

    private Task AppendAsync(byte[]? line)
    {
        var entry = new Entry(line, new(TaskCreationOptions.RunContinuationsAsynchronously));
        ObjectDisposedException.ThrowIf(!waiting.Writer.TryWrite(entry), this);
        Volatile.Write(ref last, entry.Written.Task);
        return entry.Written.Task;
    }

    private static long ReplayAll(FileStream file, Action<JournalLine> replay)
    {
        var whole = 0L;
        using var reader = new StreamReader(file, bufferSize: 1 << 16, leaveOpen: true);
        for (var number = 1; reader.ReadLine() is { } text; number++)
        {
            var end = whole + System.Text.Encoding.UTF8.GetByteCount(text) + 1;
            if (end > file.Length) break;
            replay(Parse(text, file.Name, number));
            whole = end;
        }

        return whole;
    }

    private static JournalLine Parse(string text, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(text, Json)!;
        }
        catch (JsonException fault)
        {
            // Cutting it off here would lose what stands behind it, and was promised.
            throw new SandboxUnavailableException(
                $"Line {number} of {path} is damaged, and the sandbox does not guess what a partner accepted: repair the line, or delete "
                    + $"the file to start empty.", fault);
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
                // After a failed write nobody knows what the file holds, so nothing more is promised.
                if (broken is not null) throw broken;
                Write(crowd);
                foreach (var entry in crowd) entry.Written.SetResult();
            }
            catch (Exception fault)
            {
                // Every waiting caller gets the exception, and the thread goes on. Otherwise all later callers would wait for ever.
                broken = fault;
                foreach (var entry in crowd) entry.Written.TrySetException(fault);
            }

            crowd.Clear();
        }
    }

    private void Write(List<Entry> crowd)
    {
        using var lines = new MemoryStream();
        foreach (var entry in crowd)
        {
            if (entry.Line is not null)
            {
                lines.Write(entry.Line);
                continue;
            }

            lines.SetLength(0);
            file.SetLength(0);
            file.Seek(0, SeekOrigin.Begin);
        }

        file.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
        file.Flush(flushToDisk: true);
    }

    /// <param name="Line">Null: everything before is forgotten.</param>
    private sealed record Entry(byte[]? Line, TaskCompletionSource Written);
}

/// <summary>One thing that happened at a partner.</summary>
/// <param name="What">A word of that partner's.</param>
/// <param name="Key">What it happened to: a reservation's id, an idempotency key, a message id, a SKU.</param>
/// <param name="Body">What was sent, where it matters.</param>
/// <param name="Ids">Of a batch: one for each that was taken in, null for each that was not.</param>
internal sealed record JournalLine(
    string What, string Key, DateTimeOffset At, JsonElement? Body = null, string? Id = null, int Count = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string?>? Ids = null);
