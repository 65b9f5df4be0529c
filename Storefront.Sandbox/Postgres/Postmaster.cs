using System.Diagnostics;
using System.Globalization;

namespace Storefront.Sandbox.Postgres;

/// <summary>What a running server writes of itself into <c>postmaster.pid</c>, and what stays there when it was killed.</summary>
internal sealed record Postmaster(int ProcessId, int Port)
{
    public static string FileIn(string home) => Path.Combine(home, ClusterHome.Data, "postmaster.pid");

    /// <summary>Null when there is no such file, or one that was never finished.</summary>
    public static Postmaster? Read(string home)
    {
        try
        {
            var lines = File.ReadAllLines(FileIn(home));
            return lines.Length > 3
                && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new(processId, port)
                : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>False is certain. True may also be another server that got the same process id: only its answer tells.</summary>
    public bool MayBeAlive()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && !IsZombie();
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>In a container whose first process reaps nothing, a killed server stays in the process table.</summary>
    private bool IsZombie()
    {
        try
        {
            return OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{ProcessId}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
