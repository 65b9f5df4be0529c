using System.ComponentModel.DataAnnotations;

namespace Storefront.Jobs.Hosting;

/// <summary>Section <c>Jobs</c>.</summary>
public sealed class JobsOptions
{
    /// <summary>Jobs this process runs at once; 0: it serves pages only. Most of them wait for partners. Default 20.</summary>
    [Range(0, 1000)]
    public int Workers { get; set; } = 20;

    /// <summary>How often scheduled jobs and retries are looked for. Default 1.</summary>
    [Range(0.1, 60)]
    public double SchedulePollSeconds { get; set; } = 1;
}
