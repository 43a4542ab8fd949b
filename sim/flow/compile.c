/* compile - from messages of the scenario to what the engine samples */
#include "flow/compile.h"

#include "stormcell/must.h"

static struct dist compile_lognormal(const Stormcell__Lognormal *l)
{
    if (l->has_mean_ns)
        return dist_lognormal_cv2((double)l->mean_ns, l->cv2);
    if (l->has_p99_ns)
        return dist_lognormal_quantile((double)l->median_ns, 0.99, (double)l->p99_ns);
    return dist_lognormal_quantile((double)l->median_ns, 0.95, (double)l->p95_ns);
}

struct dist compile_dist(const Stormcell__Dist *d)
{
    if (!d)
        return dist_constant(0);
    switch (d->shape_case) {
    case STORMCELL__DIST__SHAPE_EXPONENTIAL:
        return dist_exponential((double)d->exponential->mean_ns);
    case STORMCELL__DIST__SHAPE_LOGNORMAL:
        return compile_lognormal(d->lognormal);
    case STORMCELL__DIST__SHAPE_GAMMA:
        return dist_gamma((double)d->gamma->mean_ns, d->gamma->cv2);
    case STORMCELL__DIST__SHAPE_UNIFORM:
        return dist_uniform((double)d->uniform->from_ns, (double)d->uniform->to_ns);
    case STORMCELL__DIST__SHAPE_PARETO:
        return dist_pareto((double)d->pareto->minimum_ns, d->pareto->shape);
    case STORMCELL__DIST__SHAPE_WEIBULL:
        return dist_weibull((double)d->weibull->scale_ns, d->weibull->shape);
    case STORMCELL__DIST__SHAPE_HYPEREXPONENTIAL:
        return dist_hyperexponential((double)d->hyperexponential->mean_ns, d->hyperexponential->cv2);
    case STORMCELL__DIST__SHAPE_EMPIRICAL:
        return dist_empirical(d->empirical->values_ns, d->empirical->n_values_ns);
    default:
        return dist_constant(d->constant_ns);
    }
}
