namespace Storefront.Jobs.Partners;

/// <summary>Which of a partner's jobs come first.</summary>
public enum Urgency
{
    /// <summary>Somebody is waiting for it, or stock is held for nobody.</summary>
    Urgent,

    Normal,

    /// <summary>Nobody misses it for a day.</summary>
    Later,
}
