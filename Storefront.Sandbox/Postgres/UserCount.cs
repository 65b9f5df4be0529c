namespace Storefront.Sandbox.Postgres;

/// <summary>
/// Who uses a server, by locks on a file that the kernel frees when their process ends, however it ends: users share it, and
/// whoever starts or stops the server has it alone.
/// </summary>
internal sealed class UserCount(string file) : IDisposable
{
    private FileStream? shared;

    /// <summary>Waits until nobody else starts or stops the server.</summary>
    public async Task<IDisposable> AloneAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (TryOpen(file + ".gate", FileAccess.ReadWrite, FileShare.None) is { } gate) return gate;
            await Task.Delay(50, cancel);
        }
    }

    /// <summary>From now on the server is not stopped by others.</summary>
    public void Enter()
    {
        TryOpen(file, FileAccess.ReadWrite, FileShare.ReadWrite)?.Dispose(); // makes it
        shared = TryOpen(file, FileAccess.Read, FileShare.Read);
    }

    /// <summary>True when nobody is left. Call it while alone.</summary>
    public bool LeaveAsLast()
    {
        shared?.Dispose();
        shared = null;
        using var exclusive = TryOpen(file, FileAccess.ReadWrite, FileShare.None);
        return exclusive is not null;
    }

    public void Dispose() => shared?.Dispose();

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, access, share);
        }
        catch (IOException)
        {
            return null; // somebody else has it
        }
    }
}
