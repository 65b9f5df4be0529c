using System.ComponentModel.DataAnnotations;

namespace Storefront.Jobs.Queue;

/// <summary>Section <c>Jobs</c>.</summary>
public sealed class JobsOptions : IValidatableObject
{
    public const int UsualWorkers = 50;

    /// <summary>
    /// Jobs this process runs at once; 0: it serves pages only. Most of them wait for partners, so this is far above the number of cores.
    /// Default 50.
    /// </summary>
    [Range(0, 1000)]
    public int Workers { get; set; } = UsualWorkers;

    /// <summary>How often scheduled jobs and retries are looked for. Default 1.</summary>
    [Range(0.1, 60)]
    public double SchedulePollSeconds { get; set; } = 1;

    /// <summary>How often jobs that another process created are looked for; its own wake it at once. Default 200.</summary>
    [Range(50, 60_000)]
    public int PollIntervalMilliseconds { get; set; } = 200;

    /// <summary>A job whose process has gone silent for this long is given to another. Has to outlast a shutdown. Default 90.</summary>
    [Range(5, 3600)]
    public int InvisibilitySeconds { get; set; } = 90;

    /// <summary>How long reconciliation, which runs every minute, may not succeed before that counts as a fault. Default 5.</summary>
    [Range(0.01, 1440)]
    public double ReconciliationLateAfterMinutes { get; set; } = 5;

    /// <summary>Once chose one of two storages. There is only one now; a setting that names the other is refused.</summary>
    public string? Storage { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Storage is { Length: > 0 } && !string.Equals(Storage, "Fast", StringComparison.OrdinalIgnoreCase))
            yield return new(
                $"is \"{Storage}\", and there is only one storage of jobs, the shop's own on the same tables: remove the setting.",
                [nameof(Storage)]);
    }
}
