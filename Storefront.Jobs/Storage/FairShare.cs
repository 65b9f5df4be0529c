namespace Storefront.Jobs.Storage;

/// <summary>
/// Start-time fair queueing: each job taken moves its queue back by 1 ÷ weight, and the queue furthest ahead is next. A queue that was
/// empty does not save up turns: it joins where the others are.
/// </summary>
internal sealed class FairShare(IReadOnlyList<string> queues, IReadOnlyDictionary<string, int> weights)
{
    private readonly Dictionary<string, double> starts = queues.Distinct().ToDictionary(queue => queue, _ => 0.0);
    private double latest;

    public IEnumerable<(string Queue, double? Start, double? Weight)> Turns =>
        starts.Select(one => (one.Key, (double?)Math.Max(0, one.Value - latest), (double?)Weight(one.Key)));

    public void Took(string queue)
    {
        var start = Math.Max(starts[queue], latest);
        latest = start; // nobody who was away gets in before what has been served already
        starts[queue] = start + 1.0 / Weight(queue);
    }

    private int Weight(string queue) => weights.GetValueOrDefault(queue, 1);
}
