namespace Storefront.Jobs.Storage;

/// <summary>
/// Fair queueing: each job taken moves its queue back by 1 ÷ weight, and the queue furthest ahead is next. A queue that was empty for a
/// while does not save up turns: it joins at most one job ahead of the others.
/// </summary>
internal sealed class FairShare(IReadOnlyList<string> queues, IReadOnlyDictionary<string, int> weights)
{
    private readonly Dictionary<string, double> starts = queues.Distinct().ToDictionary(queue => queue, _ => 0.0);
    private double latest;

    public IEnumerable<(string Queue, double? Start, double? Weight)> Turns =>
        starts.Keys.Select(queue => (queue, (double?)Start(queue), (double?)Weight(queue)));

    public void Took(string queue)
    {
        var start = Start(queue);
        latest = Math.Max(latest, start);
        starts[queue] = start + 1.0 / Weight(queue);
    }

    private double Start(string queue) => Math.Max(starts[queue], latest - 1.0 / Weight(queue));

    private int Weight(string queue) => weights.GetValueOrDefault(queue, 1);
}
