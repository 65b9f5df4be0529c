namespace Storefront.Jobs.Queue.Gates;

public enum GateState
{
    /// <summary>Jobs are taken.</summary>
    Open,

    /// <summary>One job in the whole fleet is taken, to see whether the partner is back.</summary>
    HalfOpen,

    /// <summary>No job is taken.</summary>
    Closed,
}
