namespace Storefront.Jobs.Telemetry;

/// <summary>What a person is told of at once. Each name is also that of an alert in <c>ops/alerts.yml</c> and of its runbook.</summary>
public enum AlertKind
{
    InventoryUnavailable,
    DeadDelivery,
    ReconciliationStale,
    ManyRepairs,

    /// <summary>Reconciliation found something that it cannot mend.</summary>
    LeftToPerson,

    /// <summary>A job met a bug: no partner and no outage is to blame.</summary>
    JobsFailing,

    /// <summary>A partner's gate is closed, or open again.</summary>
    PartnerDown,

    /// <summary>Somebody has paused or stopped something by hand, and left it so for an hour or longer.</summary>
    HeldByHand,
}
