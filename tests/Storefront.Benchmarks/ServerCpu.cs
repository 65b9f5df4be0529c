using System.Globalization;

namespace Storefront.Benchmarks;

/// <summary>The CPU time of a Postgres server so far: its sessions, those that have ended, and its own background work.</summary>
internal readonly record struct ServerCpu(double Seconds)
{
    private const double TicksPerSecond = 100; // Linux reports this to programs, whatever it uses itself.

    public static ServerCpu None => default;

    /// <summary>The first process of the server whose data lies somewhere below this directory.</summary>
    public static int Postmaster(string directory) =>
        int.Parse(File.ReadLines(Directory.EnumerateFiles(directory, "postmaster.pid", SearchOption.AllDirectories).Single()).First(),
            CultureInfo.InvariantCulture);

    /// <summary>Nothing where there is no /proc.</summary>
    public static ServerCpu Of(int postmaster)
    {
        if (!Directory.Exists("/proc")) return None;
        var ticks = 0L;
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                // The line is "pid (name) state parent …", and the name may contain spaces.
                var text = File.ReadAllText(Path.Combine(directory, "stat"));
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
                if (Path.GetFileName(directory) == postmaster.ToString(CultureInfo.InvariantCulture))
                    ticks += Field(14) + Field(15) + Field(16) + Field(17);
                else if (Field(4) == postmaster) ticks += Field(14) + Field(15);
            }
            catch (IOException)
            {
                // The process has ended, and its time counts for its parent.
            }
        }

        return new(ticks / TicksPerSecond);
    }

    public static ServerCpu operator -(ServerCpu after, ServerCpu before) => new(after.Seconds - before.Seconds);
}
